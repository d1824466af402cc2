# One image an app, from the folder that tools/src/images-bundle.ts made: the bundle on a Node base without shell or package manager.
# BASE is a distroless Node: glibc, entry point node, an unprivileged user. `npm run images` builds all of them.
ARG BASE=gcr.io/distroless/nodejs24-debian12:nonroot
FROM ${BASE}
ARG APP
COPY dist/images/${APP}/ /app/
WORKDIR /app
# the base's user, by number, so that runAsNonRoot can tell
USER 65532:65532
ENV NODE_ENV=production
EXPOSE 9080
CMD ["/app/main.js"]

# One image per app, from the folder that tools/src/images-bundle.ts made: the bundle on a Node base without shell or package manager.
# BASE is a distroless Node: glibc, entry point node, an unprivileged user. `npm run images` builds all of them.
# Target app is every image but that of the conformance suite, which has the kubectl of another image.
ARG BASE=gcr.io/distroless/nodejs26-debian13:nonroot
ARG KUBECTL=registry.k8s.io/kubectl:v1.34.4
FROM ${BASE} AS app
ARG APP
COPY dist/images/${APP}/ /app/
WORKDIR /app
# the base's user, by number, so that runAsNonRoot can tell
USER 65532:65532
ENV NODE_ENV=production
EXPOSE 9080
CMD ["/app/main.js"]

FROM ${KUBECTL} AS kubectl

FROM app AS conformance
COPY --from=kubectl /bin/kubectl /app/kubectl

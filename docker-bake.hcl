# Images of all services and of the mesh, by `npm run images` or, once the apps are bundled, `docker buildx bake`.
# Versions of a service (reviews v1, v2, v3, ratings v2, details v2) are configurations of its one image.
# PREFIX and VERSION are those of k8s/kustomize/components/image/image.yaml, which the manifests use.

variable "PREFIX" {
  default = "localhost"
}
variable "VERSION" {
  default = "0.1.0"
}
# commit that the images are built from
variable "REVISION" {
  default = ""
}
variable "BASE" {
  default = "gcr.io/distroless/nodejs24-debian12:nonroot"
}

group "default" {
  targets = ["app"]
}

target "app" {
  matrix = {
    app = ["productpage", "details", "reviews", "ratings", "mesh"]
  }
  name = app
  args = {
    APP  = app
    BASE = BASE
  }
  tags = ["${PREFIX}/bookinfo-${app}:${VERSION}"]
  labels = {
    "org.opencontainers.image.title"    = "bookinfo-${app}"
    "org.opencontainers.image.version"  = VERSION
    "org.opencontainers.image.revision" = REVISION
    "org.opencontainers.image.licenses" = "Apache-2.0"
  }
}

# What is published: both architectures, with a bill of materials and where the image came from.
#     docker buildx bake --push release
group "release" {
  targets = ["release-app"]
}

target "release-app" {
  matrix = {
    app = ["productpage", "details", "reviews", "ratings", "mesh"]
  }
  name      = "release-${app}"
  inherits  = [app]
  platforms = ["linux/amd64", "linux/arm64"]
  attest    = ["type=sbom", "type=provenance,mode=max"]
}

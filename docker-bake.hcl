# Images of all services, of the mesh and of the conformance suite, by `npm run images` or, once the apps are bundled, `docker buildx bake`.
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
# address of the repository that holds that commit
variable "SOURCE" {
  default = ""
}
variable "BASE" {
  default = "gcr.io/distroless/nodejs26-debian13:nonroot"
}

# what each image is
variable "APPS" {
  default = {
    productpage = "Bookinfo's page, which asks details and reviews"
    details     = "Details of a book, for Bookinfo"
    reviews     = "Reviews of a book, for Bookinfo: v1 without stars, v2 with black ones, v3 with red ones"
    ratings     = "Ratings of a book, for Bookinfo: from memory, MongoDB or MySQL"
    mesh        = "Bookinfo's local mesh: Istio's and the Gateway API's routing rules without Kubernetes"
    conformance = "Judges a service mesh that runs Bookinfo: does it do what its rules say?"
  }
}

# the same facts as labels of an image, and as annotations of what is published
function "facts" {
  params = [app]
  result = {
    "org.opencontainers.image.title"       = "bookinfo-${app}"
    "org.opencontainers.image.description" = APPS[app]
    "org.opencontainers.image.version"     = VERSION
    "org.opencontainers.image.revision"    = REVISION
    "org.opencontainers.image.source"      = SOURCE
    "org.opencontainers.image.licenses"    = "Apache-2.0"
    "org.opencontainers.image.base.name"   = BASE
  }
}

group "default" {
  targets = ["app"]
}

target "app" {
  matrix = {
    app = keys(APPS)
  }
  name   = app
  target = app == "conformance" ? app : "app"
  args = {
    APP  = app
    BASE = BASE
  }
  tags   = ["${PREFIX}/bookinfo-${app}:${VERSION}"]
  labels = facts(app)
}

# What is published: both architectures, with a bill of materials and where the image came from.
#     docker buildx bake --push release
group "release" {
  targets = ["release-app"]
}

target "release-app" {
  matrix = {
    app = keys(APPS)
  }
  name        = "release-${app}"
  inherits    = [app]
  platforms   = ["linux/amd64", "linux/arm64"]
  annotations = [for key, value in facts(app) : "index,manifest:${key}=${value}"]
  attest      = ["type=sbom", "type=provenance,mode=max"]
}

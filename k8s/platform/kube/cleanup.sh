#!/bin/sh
# Removes Bookinfo and its rules from one namespace: NAMESPACE, or the one that is asked for, or default.
set -eu
here=$(cd "$(dirname "$0")" && pwd)

if [ -z "${NAMESPACE:-}" ] && [ -t 0 ]; then
  printf 'namespace ? [default] '
  read -r NAMESPACE
fi
namespace=${NAMESPACE:-default}
kubectl get namespace "$namespace" >/dev/null || exit 1
echo "using NAMESPACE=$namespace"

# Kinds that the cluster does not know (no Istio, no Gateway API) are passed over.
known=$(kubectl api-resources --namespaced -o name)
for kind in virtualservices.networking.istio.io destinationrules.networking.istio.io gateways.networking.istio.io \
  serviceentries.networking.istio.io authorizationpolicies.security.istio.io peerauthentications.security.istio.io \
  httproutes.gateway.networking.k8s.io gateways.gateway.networking.k8s.io; do
  if printf '%s\n' "$known" | grep -qx "$kind"; then
    kubectl delete "$kind" --all -n "$namespace" --ignore-not-found
  fi
done

for file in bookinfo bookinfo-versions bookinfo-versions-optional bookinfo-details-v2 bookinfo-ratings-v2 bookinfo-ratings-v2-mysql \
  bookinfo-ratings-v2-mysql-vm bookinfo-db bookinfo-mysql; do
  kubectl delete -n "$namespace" -f "$here/$file.yaml" --ignore-not-found --wait=false
done
kubectl delete networkpolicies,poddisruptionbudgets,horizontalpodautoscalers,ingresses -n "$namespace" \
  -l app.kubernetes.io/part-of=bookinfo --ignore-not-found
kubectl wait pod -n "$namespace" -l app.kubernetes.io/part-of=bookinfo --for=delete --timeout=90s
echo 'Application cleanup successful'

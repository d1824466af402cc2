import type { ManifestObject, Notice } from "./manifest.ts";

/**
 * Reads multi-document YAML (or JSON) and validates every object against the fields that the local mesh implements.
 * Objects without a namespace belong to `namespace` (kubectl's `-n`, `default` unless told).
 * Documents of Kubernetes' own kinds (Service, Deployment, …) give a notice and no object.
 * Throws ManifestError, and nothing else, whatever the text is.
 */
export const parseManifests = (
  text: string,
  file: string,
  namespace = "default",
): { objects: ManifestObject[]; notices: Notice[] } => {
  throw new Error(`being written: ${text.length} ${file} ${namespace}`);
};

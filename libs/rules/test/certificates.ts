/** Certificates for tests, made when they are asked for. */
import { generate } from 'selfsigned'

/** A certificate for `name` and its key, in PEM. */
export async function certificateFor(name: string): Promise<{ cert: string; key: string }> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: name }], { keyType: 'ec', algorithm: 'sha256' })
  return { cert, key }
}

/** The messages and services of libs/contracts/proto, as the gRPC library wants them. */
import { createFileRegistry, fromBinary, type DescService } from '@bufbuild/protobuf'
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt'
import { protoDescriptors } from '@bookinfo/contracts/proto-descriptors'

export const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, Buffer.from(protoDescriptors, 'base64')))

/** The service of this full name, `bookinfo.v1.Details`. */
export function serviceOf(name: string): DescService {
  const service = registry.getService(name)
  if (!service) throw new Error(`libs/contracts/proto has no service ${name}`)
  return service
}

/** grpc.reflection: how tools such as grpcurl find out what a server serves. By its name of today, and by the older one. */
import { toBinary, type DescFile } from '@bufbuild/protobuf'
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt'
import { Code, type ConnectRouter } from '@connectrpc/connect'
import { registry, serviceOf } from './descriptors.ts'

interface Request {
  host: string
  messageRequest: { case?: string; value?: unknown }
}

/** Serves the names of `services` and the files that describe them. */
export function serveReflection(router: ConnectRouter, services: readonly string[]): void {
  async function* serverReflectionInfo(requests: AsyncIterable<Request>) {
    for await (const request of requests)
      yield { validHost: request.host, originalRequest: request, messageResponse: answer(request, services) }
  }
  for (const version of ['v1', 'v1alpha'])
    router.service(serviceOf(`grpc.reflection.${version}.ServerReflection`), { serverReflectionInfo } as never)
}

function answer({ messageRequest: { case: asked, value } }: Request, services: readonly string[]) {
  if (asked === 'listServices') return { case: 'listServicesResponse', value: { service: services.map((name) => ({ name })) } }
  const file =
    asked === 'fileByFilename' ? fileNamed(String(value)) : asked === 'fileContainingSymbol' ? fileWith(String(value)) : undefined
  if (file) return { case: 'fileDescriptorResponse', value: { fileDescriptorProto: [toBinary(FileDescriptorProtoSchema, file.proto)] } }
  return { case: 'errorResponse', value: { errorCode: Code.NotFound, errorMessage: `${asked ?? 'nothing'}: not found` } }
}

const fileNamed = (name: string) => [...registry.files].find(({ proto }) => proto.name === name)

/** Of a service or a message, or of a method or field of one. */
function fileWith(symbol: string): DescFile | undefined {
  const name = symbol.replace(/^\./, '')
  return (registry.get(name) ?? registry.get(name.slice(0, name.lastIndexOf('.'))))?.file
}

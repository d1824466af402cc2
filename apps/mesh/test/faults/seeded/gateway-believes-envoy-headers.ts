import { fault, fieldOf } from '../fault.ts'

export default fault({
  title: 'The gateway passes on what only a proxy may say',
  kills: ['gateway-envoy-headers'],
  touches: ['Gateway'],
  wrap: {
    readRequest: (real) => (raw, door) => {
      const request = real(raw, door)
      for (const name of ['x-envoy-max-retries', 'x-envoy-retry-on']) {
        const sent = fieldOf(raw, name)
        if (request && sent) request.headers[name] = [sent]
      }
      return request
    },
  },
})

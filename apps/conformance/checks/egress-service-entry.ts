import { check } from '../src/check.ts'
import { ok, servedByService, receivedHost } from '../src/checkers.ts'

export default check({
  title: 'A ServiceEntry declares a host, and requests for it arrive there',
  features: ['Egress', 'ServiceEntry'],
  needs: ['external-host'],
  async run({ call, expect }) {
    expect('declared', await call({ to: 'books.example:80' }), ok(), servedByService('details'), receivedHost('books.example:80'))
    expect('another host', await call({ to: 'reviews' }), ok(), servedByService('reviews'))
  },
})

import { check } from '../src/check.ts'
import { ok, status, servedBy, servedByService } from '../src/checkers.ts'

export default check({
  title: 'With REGISTRY_ONLY an undeclared host cannot be reached',
  features: ['Egress'],
  needs: ['external-host'],
  async run({ call, expect }) {
    expect('not declared', await call({ to: 'books.example:9080' }), status(502), servedBy('none'))
    expect('a service of the mesh', await call(), ok(), servedByService('reviews'))
  },
})

// Loaded before a service: names of docker-compose.yml lead to loopback addresses, by a file that changes as Docker's DNS does,
// and localhost to the service's own.
import dns from 'node:dns'
import { readFileSync } from 'node:fs'

const { lookup } = dns

dns.lookup = (name, options, callback) => {
  const hosts = { ...JSON.parse(readFileSync(process.env.COMPOSE_HOSTS, 'utf8')), localhost: process.env.COMPOSE_ADDRESS }
  const address = hosts[name]
  if (!address) {
    lookup(name, options, callback)
    return
  }
  const done = callback ?? options
  if (options.all) process.nextTick(done, null, [{ address, family: 4 }])
  else process.nextTick(done, null, address, 4)
}

// Loaded before a service: names of docker-compose.yml lead to loopback addresses, one after the other where a name has several, as Docker's DNS does.
import dns from 'node:dns'

const hosts = JSON.parse(process.env.COMPOSE_HOSTS)
const { lookup } = dns
const turns = {}

dns.lookup = (name, options, callback) => {
  const addresses = hosts[name]
  if (!addresses) {
    lookup(name, options, callback)
    return
  }
  const done = callback ?? options
  turns[name] = (turns[name] ?? -1) + 1
  const address = addresses[turns[name] % addresses.length]
  if (options.all) process.nextTick(done, null, [{ address, family: 4 }])
  else process.nextTick(done, null, address, 4)
}

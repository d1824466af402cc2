import { BlockList, isIP } from 'node:net'

/** What is wrong with an address or CIDR block, if anything. */
export const cidrProblem = (text: string): string | undefined => {
  const [address, bits, ...rest] = text.split('/')
  const family = isIP(address ?? '')
  const max = family === 4 ? 32 : 128
  const valid = family !== 0 && rest.length === 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= max))
  return valid ? undefined : `must be an address or a CIDR block, is ${JSON.stringify(text.slice(0, 60))}`
}

/** A test whether an address is in one of the blocks. IPv4 addresses mapped into IPv6 count as IPv4. */
export const inBlocks = (blocks: readonly string[]): ((address: string) => boolean) => {
  const table = new BlockList()
  for (const block of blocks) {
    const [address = '', bits] = block.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    table.addSubnet(address, bits === undefined ? (family === 'ipv4' ? 32 : 128) : Number(bits), family)
  }
  return (given) => {
    const address = given.replace(/^::ffff:(?=\d+\.)/i, '')
    const family = isIP(address)
    return family !== 0 && table.check(address, family === 6 ? 'ipv6' : 'ipv4')
  }
}

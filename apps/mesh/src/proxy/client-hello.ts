/** The first message of a TLS client (RFC 8446, 4.1.2), read no farther than to the name of the server that it wants (RFC 6066, 3). */

/** Longest record, and with that the longest ClientHello that is waited for (bytes). */
const longestHello = 16 * 1024 + 5

/** `name` is lower case, and missing where the client names no server; `more` when the message has not arrived whole; `none` for bytes that are not a ClientHello. */
export type Hello = { name?: string } | 'more' | 'none'

export function readHello(bytes: Buffer): Hello {
  if (bytes.length > 0 && bytes[0] !== 22) return 'none'
  if (bytes.length < 5) return 'more'
  const length = bytes.readUInt16BE(3) + 5
  if (length > longestHello) return 'none'
  if (bytes.length < length) return 'more'
  try {
    return helloOf(new Cursor(bytes.subarray(5, length)))
  } catch {
    // It ends before it should.
    return 'none'
  }
}

function helloOf(message: Cursor): Hello {
  if (message.number(1) !== 1) return 'none'
  const hello = message.part(3)
  hello.skip(2 + 32)
  hello.part(1)
  hello.part(2)
  hello.part(1)
  if (hello.atEnd) return {}
  const extensions = hello.part(2)
  while (!extensions.atEnd) {
    const type = extensions.number(2)
    const extension = extensions.part(2)
    if (type !== 0) continue
    const names = extension.part(2)
    if (names.number(1) !== 0) return 'none'
    return { name: names.part(2).text.toLowerCase() }
  }
  return {}
}

/** Reads numbers and parts with a length before them. @throws RangeError past the end */
class Cursor {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.length
  }

  get text(): string {
    return this.#bytes.toString('latin1')
  }

  number(size: number): number {
    const value = this.#bytes.readUIntBE(this.#at, size)
    this.#at += size
    return value
  }

  skip(size: number) {
    this.#at += size
  }

  /** What follows a length of `lengthSize` bytes. */
  part(lengthSize: number): Cursor {
    const length = this.number(lengthSize)
    if (this.#at + length > this.#bytes.length) throw new RangeError('a part ends behind its message')
    const part = new Cursor(this.#bytes.subarray(this.#at, this.#at + length))
    this.#at += length
    return part
  }
}

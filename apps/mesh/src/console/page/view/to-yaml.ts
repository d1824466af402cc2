/** YAML of plain data, as people write manifests. */

export function toYaml(value: unknown): string {
  return `${block(value, '').trimStart()}\n`
}

function block(value: unknown, indent: string): string {
  if (Array.isArray(value)) {
    if (value.length === 0) return ' []'
    return value.map((each) => `\n${indent}-${hung(block(each, `${indent}  `), indent)}`).join('')
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, each]) => each !== undefined)
    if (entries.length === 0) return ' {}'
    return entries.map(([key, each]) => `\n${indent}${text(key)}:${block(each, `${indent}  `)}`).join('')
  }
  return ` ${typeof value === 'string' ? text(value) : JSON.stringify(value)}`
}

/** The first field of a list's item stands behind its dash. */
const hung = (item: string, indent: string) => (item.startsWith(`\n${indent}  `) ? ` ${item.slice(indent.length + 3)}` : item)

/** Plain where no reader of YAML 1.1 or 1.2 could take it for something else. */
const text = (value: string) =>
  /^[A-Za-z/][\w./*-]*(?: [\w./*-]+)*$/.test(value) && !/^(?:true|false|null|yes|no|on|off|y|n)$/i.test(value)
    ? value
    : JSON.stringify(value)

/**
 * JSON objects one after the other (`jq '.items[]'` writes them) as documents of YAML, which kubectl takes them for.
 * Any other text comes back as it is.
 */
export const asDocuments = (text: string): string => {
  if (!/^\s*\{/.test(text)) return text
  const parts: string[] = []
  let [start, depth, quoted] = [0, 0, false]
  for (let index = 0; index < text.length; index++) {
    const char = text[index]!
    if (quoted) {
      if (char === '\\') index++
      else if (char === '"') quoted = false
    } else if (char === '"') quoted = true
    else if (char === '{' || char === '[') {
      if (depth++ === 0 && char === '{' && text.slice(start, index).trim() !== '') {
        parts.push(text.slice(start, index))
        start = index
      }
    } else if (char === '}' || char === ']') depth--
  }
  return [...parts, text.slice(start)].join('\n---\n')
}

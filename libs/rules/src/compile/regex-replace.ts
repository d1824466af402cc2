import { RE2JS } from 're2js'

/** Replaces every match of an RE2 pattern; `\1` to `\9` in the substitution are its groups, `\0` the whole match, `\\` a backslash. */
export const regexReplace = (pattern: string, substitution: string): ((text: string) => string) => {
  const compiled = RE2JS.compile(pattern)
  return (text) => {
    const matcher = compiled.matcher(text)
    let result = ''
    let end = 0
    while (matcher.find()) {
      result += text.slice(end, matcher.start())
      result += substitution.replace(/\\([0-9\\])/g, (_, group: string) =>
        group === '\\' ? '\\' : Number(group) <= matcher.groupCount() ? (matcher.group(Number(group)) ?? '') : '',
      )
      end = matcher.end()
    }
    return result + text.slice(end)
  }
}

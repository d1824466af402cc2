/** A page for people, made of the OpenAPI document: works offline and needs no script. */

interface OpenApi {
  info: { title: string; version: string }
  paths?: Record<string, Record<string, { summary?: string; responses?: Record<string, unknown> }> | undefined>
}

const escape = (text: string) => text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)

/** HTML that lists every route of `document`. */
export function docsPage(document: object): string {
  const { info, paths = {} } = document as OpenApi
  const rows = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods ?? {}).map(([method, { summary = '', responses = {} }]) => {
      const cells = [`<code>${method.toUpperCase()} ${escape(path)}</code>`, escape(summary), escape(Object.keys(responses).join(', '))]
      return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`
    }),
  )
  const title = `${escape(info.title)} ${escape(info.version)}`
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}: routes</title>
<h1>${title}</h1>
<p>The machine's form of this page is <a href="/openapi.json">/openapi.json</a>. For operators: <a href="/metrics">/metrics</a>, <a href="/livez">/livez</a>, <a href="/readyz">/readyz</a>.</p>
<table>
<thead><tr><th>Route</th><th>What it does</th><th>Answers</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table>
</html>
`
}

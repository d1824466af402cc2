/** The frame of every page. What does not change from page to page is put together once. */
import { staticUrl } from '../static-files.ts'

const head = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Simple Bookstore App</title>
<link rel="icon" href="${staticUrl('icon.svg')}" type="image/svg+xml">
<link rel="stylesheet" href="${staticUrl('page.css')}">
</head>
<body>
<header class="bar">
<a class="brand" href="/productpage"><img src="${staticUrl('icon.svg')}" alt="" width="28" height="28">Bookinfo</a>
`

const foot = `</main>
</body>
</html>
`

/** A whole page; `account` stands at the right of the top bar. Both are HTML. */
export const layout = (account: string, main: string): string => `${head}${account}</header>\n<main>\n${main}${foot}`

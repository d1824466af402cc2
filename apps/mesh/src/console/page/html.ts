/** Templates that become Preact elements. */
import htm from 'htm'
import { h, type VNode } from 'preact'

type Template = (strings: TemplateStringsArray, ...values: unknown[]) => VNode

// Its types are those of the CommonJS build.
export const html = (htm as unknown as { bind(create: typeof h): Template }).bind(h)

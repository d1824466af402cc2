/** `npm start`. What is compiled once is kept, so that the next start is quick. */
import { enableCompileCache } from 'node:module'
import { compileCache } from './compile-cache.ts'

enableCompileCache(compileCache)
await import('./start.ts')

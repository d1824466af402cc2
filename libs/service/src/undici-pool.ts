/** Loaded by the first call. A file of this project in between: a bundle gives a CommonJS package that is loaded late no named exports. */
export { Pool } from 'undici'

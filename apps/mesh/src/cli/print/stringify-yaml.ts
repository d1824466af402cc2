/** Loaded when YAML is asked for. A file of this project in between: a bundle gives a CommonJS package that is loaded late no named exports. */
export { stringify } from 'yaml'

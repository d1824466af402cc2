/**
 * Runs around every file of unit tests. Files share a process, so that one which leaves the environment, the working directory
 * or the clock changed would disturb those after it: it fails here instead.
 */
import { afterAll, vi } from 'vitest'

const env = { ...process.env }
const cwd = process.cwd()

afterAll(() => {
  const names = new Set([...Object.keys(env), ...Object.keys(process.env)])
  const left = [...names].filter((name) => env[name] !== process.env[name]).map((name) => `the variable ${name}`)
  if (process.cwd() !== cwd) left.push('the working directory')
  if (vi.isFakeTimers()) left.push('fake timers')
  if (left.length > 0) throw new Error(`This file must restore what other files see: ${left.join(', ')}`)
})

/** Runs other programs, and says clearly what is missing. */
import { spawn } from 'node:child_process'

/** A command that could not be run, or that failed; `stderr` is what it said. */
export class CommandError extends Error {
  readonly stderr: string
  constructor(message: string, stderr = '') {
    super(message)
    this.stderr = stderr
  }
}

export interface RunOptions {
  cwd?: string
  env?: Record<string, string>
  input?: string
  /** Show what the program prints instead of collecting it. */
  show?: boolean
  /** Milliseconds, then the program is ended; 5 minutes unless given. */
  timeoutMs?: number
}

/** Runs a program to its end. @throws CommandError when it is not there, fails, or takes too long. */
export async function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<{ stdout: string; stderr: string }> {
  const output = options.show ? 'inherit' : 'pipe'
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: [options.input === undefined ? 'ignore' : 'pipe', output, output],
    timeout: options.timeoutMs ?? 300_000,
  })
  let stdout = ''
  let stderr = ''
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk))
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk))
  // A program that ends before it has read its input is judged by its exit code.
  child.stdin?.on('error', () => {})
  child.stdin?.end(options.input)
  return new Promise((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) =>
      reject(new CommandError(error.code === 'ENOENT' ? `${program} is not installed, or not in PATH` : error.message)),
    )
    child.once('close', (code, signal) => {
      if (code === 0) return resolve({ stdout, stderr })
      const how = signal ? `was ended by ${signal}` : `failed with exit code ${code}`
      reject(new CommandError(`${[program, ...args].join(' ')} ${how}\n${stderr || stdout}`.trim(), stderr))
    })
  })
}

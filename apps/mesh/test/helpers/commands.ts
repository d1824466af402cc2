/** Many commands of the CLI against one mesh. */
import { knownEnv } from '@bookinfo/tools/known-env'
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Answer, Ask } from './command-process.ts'

/** Starts the process that runs them; `bookinfo` gives what a command printed and its exit code. */
export function startCommands(consolePort: string) {
  const child = fork(fileURLToPath(new URL('./command-process.ts', import.meta.url)), {
    env: knownEnv({ CONSOLE_PORT: consolePort }),
    execArgv: [],
  })
  const waiting: ((answer: Answer) => void)[] = []
  child.on('message', (answer: Answer) => waiting.shift()!(answer))
  return {
    bookinfo: (args: string[], input = '') =>
      new Promise<Answer>((resolve) => {
        waiting.push(resolve)
        child.send({ args, input } satisfies Ask)
      }),
    stop: () => void child.kill(),
  }
}

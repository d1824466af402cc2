import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { patience } from './tools/src/eventually.ts'

// One configuration for every project: `vitest run --config ../../vitest.config.ts --root .`, with `e2e` files by mode.
export default defineConfig(({ mode }) => ({
  test: {
    include: mode === 'e2e' ? ['e2e/**/*.e2e.ts'] : ['test/**/*.test.ts'],
    reporters: ['default', 'json'],
    outputFile: { json: mode === 'e2e' ? 'reports/e2e.json' : 'reports/test.json' },
    // A wait that fails says more than a test that is cut off: several waits fit into a test.
    expect: { poll: { timeout: patience } },
    testTimeout: 5 * patience,
    hookTimeout: 5 * patience,
    fileParallelism: mode !== 'e2e',
    // Loading modules again for each file is a third of the CPU time of unit tests. They share two processes instead, and a file that
    // leaves its process changed fails. The ratings isolate theirs (apps/ratings/package.json): one measures the memory of its process.
    isolate: mode === 'e2e',
    setupFiles: mode === 'e2e' ? [] : [join(import.meta.dirname, 'tools/src/leaves-no-trace.ts')],
    maxWorkers: 2,
    passWithNoTests: false,
  },
}))

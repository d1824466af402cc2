import { defineConfig } from 'vitest/config'

// One configuration for every project: `vitest run --config ../../vitest.config.ts --root .`, with `e2e` files by mode.
export default defineConfig(({ mode }) => ({
  test: {
    include: mode === 'e2e' ? ['e2e/**/*.e2e.ts'] : ['test/**/*.test.ts'],
    reporters: ['default', 'json'],
    outputFile: { json: mode === 'e2e' ? 'reports/e2e.json' : 'reports/test.json' },
    testTimeout: mode === 'e2e' ? 120_000 : 60_000,
    hookTimeout: mode === 'e2e' ? 180_000 : 60_000,
    fileParallelism: mode !== 'e2e',
    maxWorkers: 2,
    // What is waited for comes when it comes: no test depends on how fast the machine is.
    expect: { poll: { timeout: 30_000 } },
    passWithNoTests: false,
  },
}))

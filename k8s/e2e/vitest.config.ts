import { defineConfig } from 'vitest/config'
import { patience } from '@bookinfo/tools/eventually'

// Tests on a real cluster: one deployment of Bookinfo for all files (support/setup.ts), one file after the other.
export default defineConfig({
  test: {
    include: ['e2e/**/*.e2e.ts'],
    // needs no cluster: part of `npm run e2e`
    exclude: ['e2e/compose.e2e.ts'],
    globalSetup: 'e2e/support/setup.ts',
    reporters: ['default', 'json'],
    outputFile: { json: 'reports/e2e-k8s.json' },
    expect: { poll: { timeout: patience } },
    testTimeout: 5 * patience,
    hookTimeout: 5 * patience,
    teardownTimeout: 5 * patience,
    fileParallelism: false,
    maxWorkers: 1,
    passWithNoTests: false,
  },
})

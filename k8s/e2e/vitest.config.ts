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
    // Several waits for a whole deployment fit into a test: one that fails says more than a test that is cut off.
    expect: { poll: { timeout: patience } },
    testTimeout: 15 * patience,
    hookTimeout: 15 * patience,
    teardownTimeout: 15 * patience,
    fileParallelism: false,
    maxWorkers: 1,
    passWithNoTests: false,
  },
})

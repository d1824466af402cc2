import { expect, test } from 'vitest'
import { add } from '../src/count-tests.ts'

const report = (numbers: object, testResults: object[] = []) =>
  JSON.stringify({ numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, ...numbers, testResults })

test('projects are added up', () => {
  expect(
    add([report({ numPassedTests: 3, numFailedTests: 1 }), report({ numPassedTests: 2, numPendingTests: 1, numTodoTests: 1 })]),
  ).toEqual({
    passed: 5,
    failed: 1,
    skipped: 2,
  })
})

test('a file that could not be loaded is a failure', () => {
  expect(add([report({}, [{ status: 'failed', assertionResults: [] }])])).toEqual({ passed: 0, failed: 1, skipped: 0 })
})

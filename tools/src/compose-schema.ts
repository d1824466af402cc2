/**
 * Writes `k8s/compose-schema.json`: the Compose Specification's own JSON schema, as the Go module of Docker Compose carries it (Apache-2.0),
 * so that docker-compose.yml is checked without Docker:
 *     node tools/src/compose-schema.ts [VERSION]
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run } from './k8s-run.ts'

const module = 'github.com/compose-spec/compose-go/v2'
const [asked = 'latest'] = process.argv.slice(2)

// Anywhere but in a Go module, whose own requirements would count.
const { stdout } = await run('go', ['mod', 'download', '-json', `${module}@${asked}`], { cwd: tmpdir(), timeoutMs: 300_000 })
const { Dir, Version } = JSON.parse(stdout) as { Dir: string; Version: string }
const schema = JSON.parse(readFileSync(join(Dir, 'schema/compose-spec.json'), 'utf8')) as object
const source = `schema/compose-spec.json of ${module} ${Version}, Copyright The Compose Specification Authors, Apache-2.0`
writeFileSync(
  fileURLToPath(new URL('../../k8s/compose-schema.json', import.meta.url)),
  `${JSON.stringify({ $comment: source, ...schema })}\n`,
)

/** A server that speaks MongoDB's protocol and keeps its data in memory: mongo-java-server, from Maven Central. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ensureDebianPackages } from '@bookinfo/tools/debian'
import { cacheFolder } from '@bookinfo/tools/maven-jar'
import { freePort } from '@bookinfo/tools/service-process'
import { serverOf, type DatabaseServer } from './database-server.ts'

const run = promisify(execFile)
const version = '1.47.0'

const pom = `<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>bookinfo</groupId><artifactId>e2e</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>de.bwaldvogel</groupId><artifactId>mongo-java-server</artifactId><version>${version}</version></dependency>
  </dependencies>
</project>
`

/** The folder with the server's jars and all that they need; fetched once. */
async function jars(): Promise<string> {
  const folder = join(cacheFolder, `mongo-java-server-${version}`)
  if (existsSync(folder)) return folder
  await ensureDebianPackages(['maven'])
  await mkdir(cacheFolder, { recursive: true })
  const fetching = await mkdtemp(join(cacheFolder, 'fetch-'))
  try {
    await writeFile(join(fetching, 'pom.xml'), pom)
    await run('mvn', ['-B', '-q', 'dependency:copy-dependencies', '-DoutputDirectory=jars'], { cwd: fetching, timeout: 300_000 })
    await rename(join(fetching, 'jars'), folder)
  } finally {
    await rm(fetching, { recursive: true, force: true })
  }
  return folder
}

/** A server without data, not started yet. */
export async function mongodbServer(): Promise<DatabaseServer> {
  // With the compiler, which runs the launcher from its source.
  await ensureDebianPackages(['openjdk-17-jdk-headless'])
  const port = await freePort()
  const launcher = join(import.meta.dirname, 'MongoServer.java')
  return serverOf(port, ['java', '-Xmx128m', '-cp', join(await jars(), '*'), launcher, String(port)], {})
}

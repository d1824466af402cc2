/** The real Prometheus of Debian, unpacked into the tests' cache: installing the package would start a daemon. */
import { cacheFolder } from '@bookinfo/tools/maven-jar'
import { freePort } from '@bookinfo/tools/service-process'
import { run } from '@bookinfo/tools/k8s-run'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from '@bookinfo/tools/eventually'

/** Starts it with a configuration on a free port of loopback; `stop` removes its data. */
export async function startPrometheus(config: string): Promise<{ url: string; stop: () => Promise<void> }> {
  const data = await mkdtemp(join(tmpdir(), 'bookinfo-prometheus-'))
  await writeFile(join(data, 'prometheus.yml'), config)
  const address = `127.0.0.1:${await freePort()}`
  const args = [`--config.file=${data}/prometheus.yml`, `--storage.tsdb.path=${data}/data`, `--web.listen-address=${address}`]
  const child = spawn(await binary(), args, { stdio: 'ignore' })
  const url = `http://${address}`
  await eventually(async () => {
    const { ok } = await fetch(`${url}/-/ready`)
    if (!ok) throw new Error('Prometheus is not ready')
  })
  const stop = async () => {
    child.kill()
    await once(child, 'close')
    await rm(data, { recursive: true })
  }
  return { url, stop }
}

async function binary(): Promise<string> {
  const folder = join(cacheFolder, 'prometheus')
  const path = join(folder, 'usr/bin/prometheus')
  if (existsSync(path)) return path
  await mkdir(folder, { recursive: true })
  const download = () => run('apt-get', ['-qq', '-o', 'APT::Sandbox::User=root', 'download', 'prometheus'], { cwd: folder })
  await download().catch(async () => {
    await run('apt-get', ['-qq', 'update'])
    await download()
  })
  const deb = (await readdir(folder)).find((file) => file.endsWith('.deb')) ?? ''
  await run('dpkg-deb', ['-x', deb, '.'], { cwd: folder })
  return path
}

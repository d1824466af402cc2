/** ratings v2 reads its database, which runs in its own pod. */
import { run } from '@bookinfo/tools/k8s-run'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { get, pageInTime, settles } from './support/bookinfo.ts'
import { apply, inPod, kubectl, namespace, ready, remove, removeRules, root } from './support/cluster.ts'
import { eventually } from '@bookinfo/tools/eventually'

const files = ['platform/kube/bookinfo-mysql.yaml', 'platform/kube/bookinfo-ratings-v2-mysql.yaml']

beforeAll(async () => {
  const lab = inject('lab')
  if (lab) await buildStandIn(lab)
  await apply(files)
  await ready()
  await apply(['networking/destination-rule-all.yaml', 'networking/virtual-service-ratings-mysql.yaml'])
  await settles(['v3'])
})
afterAll(async () => {
  await removeRules()
  await remove(files)
})

/** The lab pulls nothing: Debian's MariaDB takes the public image's name there. */
async function buildStandIn(lab: string): Promise<void> {
  const context = await mkdtemp(join(tmpdir(), 'bookinfo-mariadb-'))
  try {
    await run(`${root}e2e/mariadb/context.sh`, [context])
    const image = (await run('sed', ['-n', 's/^ *image: //p', `${root}platform/kube/bookinfo-mysql.yaml`])).stdout.trim()
    await run(lab, ['build-image', image, context, '--build-arg', 'BASE=lab.local/tools:1'])
  } finally {
    await rm(context, { recursive: true })
  }
}

const ratings = async () =>
  (
    await inPod('ratings-v2-mysql', 'ratings', 'fetch("http://localhost:9080/ratings/0").then(async (r) => console.log(await r.text()))')
  ).trim()
const sql = (statement: string) =>
  kubectl(
    'exec',
    '-n',
    namespace,
    'deploy/mysqldb-v1',
    '-c',
    'mysqldb',
    '--',
    'mariadb',
    '-h127.0.0.1',
    '-uroot',
    '-ppassword',
    '-e',
    statement,
  )

test('the ratings are the rows of the table', async () => {
  await eventually(async () => expect(JSON.parse(await ratings())).toEqual({ id: 0, ratings: { Reviewer1: 5, Reviewer2: 4 } }))
})

test('the page shows nine red stars of the database', async () => {
  const { text } = await pageInTime()
  expect(text.match(/glyphicon glyphicon-star/g)).toHaveLength(9)
})

test('a changed row changes the page', async () => {
  await sql('UPDATE test.ratings SET Rating = 1 WHERE ReviewID = 2')
  await eventually(async () => expect((await get('/productpage')).text.match(/glyphicon glyphicon-star/g)).toHaveLength(6))
})

test('without the database the page says that ratings are unavailable, and with it they are back', async () => {
  await kubectl('scale', 'deployment/mysqldb-v1', '-n', namespace, '--replicas=0')
  await eventually(async () => expect((await get('/productpage')).text).toContain('Ratings service is currently unavailable'))
  await kubectl('scale', 'deployment/mysqldb-v1', '-n', namespace, '--replicas=1')
  await eventually(async () => expect((await get('/productpage')).text.match(/glyphicon glyphicon-star/g)).toHaveLength(9))
})

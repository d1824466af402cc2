import { serve } from '@bookinfo/service/serve'
import { ratings } from './app.ts'
import { Config } from './config.ts'
import { faultsOf } from './faults.ts'
import { openStore } from './open-store.ts'

await serve('ratings', Config, async (config) => ratings(await openStore(config), faultsOf(config.SERVICE_VERSION)))

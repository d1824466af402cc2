import { serve } from '@bookinfo/service/serve'
import { details } from './app.ts'
import { Config } from './config.ts'

await serve('details', Config, details)

import { serve } from '@bookinfo/service/serve'
import { reviews } from './app.ts'
import { Config } from './config.ts'

await serve('reviews', Config, reviews)

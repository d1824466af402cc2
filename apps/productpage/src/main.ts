import { serve } from '@bookinfo/service/serve'
import { productpage } from './app.ts'
import { Config } from './config.ts'

await serve('productpage', Config, productpage)

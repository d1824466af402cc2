/** Attributes on a span. */
import type { Attributes, Span } from '@opentelemetry/api'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'

export type SetAttributes = (span: Span, attributes: Attributes) => void

/**
 * OpenTelemetry's own setter looks into each value for cycles, with a weak set a value: at ten attributes a span that is much of a span's cost.
 * It is needed where `limited`: where variables hold attributes to a number or a length.
 */
export const attributeSetter = (limited: boolean): SetAttributes =>
  limited ? (span, attributes) => void span.setAttributes(attributes) : assign

function assign(span: Span, attributes: Attributes) {
  if (span.isRecording()) Object.assign((span as Span & ReadableSpan).attributes, attributes)
}

// /// script
// dependencies = ["ai", "@ai-sdk/openai", "@opentelemetry/api", "@opentelemetry/sdk-node", "@opentelemetry/exporter-trace-otlp-http", "zod"]
// [tool.golden]
// package = "ai"
// says = "Vercel's AI SDK for Node with `experimental_telemetry`"
// wire = "openai"
// scenarios = ["chat", "stream", "responses", "cached", "cached_stream", "agent", "refused", "failed", "embeddings"]
// [tool.golden.environment]
// OTEL_NODE_RESOURCE_DETECTORS = "env"
// [tool.golden.lacks]
// "served model@embeddings" = "no attribute for it"
// ///
// Vercel's AI SDK: a span around the calls, a span for each, a span for a tool.

import { createOpenAI } from "@ai-sdk/openai";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { NodeSDK } from "@opentelemetry/sdk-node";
import { embed, generateText, stepCountIs, streamText, tool } from "ai";
import { z } from "zod";

const scenario = JSON.parse(process.argv[2]);
const sdk = new NodeSDK({ traceExporter: new OTLPTraceExporter() });
sdk.start();

const openai = createOpenAI({ baseURL: process.env.OPENAI_BASE_URL });
const telemetry = { isEnabled: true, functionId: "support" };
const weather = tool({
  description: "Tell the weather in a city.",
  inputSchema: z.object({ city: z.string() }),
  execute: async ({ city }) => `Rain in ${city}.`,
});

async function ask() {
  if (scenario.through === "embeddings") {
    await embed({
      model: openai.textEmbeddingModel(scenario.model),
      value: scenario.prompt,
      maxRetries: 0,
      experimental_telemetry: telemetry,
    });
    return;
  }
  const asked = {
    model: scenario.through === "responses" ? openai.responses(scenario.model) : openai.chat(scenario.model),
    system: scenario.system,
    prompt: scenario.prompt,
    temperature: 0.2,
    maxOutputTokens: 200,
    maxRetries: 0,
    stopWhen: stepCountIs(3),
    experimental_telemetry: telemetry,
    ...(scenario.tool ? { tools: { weather } } : {}),
  };
  if (scenario.stream) await streamText(asked).consumeStream();
  else await generateText(asked);
}

await ask().catch(() => {}); // the error that the scenario scripts is none of ours
await sdk.shutdown();

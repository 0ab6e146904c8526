import { readFile } from 'node:fs/promises';
import { Fault } from '@holdfast/fault';
import { ConstraintServiceDefinition } from '@holdfast/proto/holdfast/constraint/v1/constraint';
import { EncoderServiceDefinition } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { EvaluatorServiceDefinition } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import { OptimizerServiceDefinition } from '@holdfast/proto/holdfast/optimizer/v1/optimizer';
import { TensorServiceDefinition } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import { createRemoteClient, type RemoteClientOptions } from '@holdfast/service-kit';
import { z } from 'zod';
import type { ServiceClients } from './clients.js';

const describeAddress = (service: string) => z.string().describe(`host:port of the ${service}.`);

/** Settings of a controller that say where the other services are and how to speak to them. */
export const connectionShape = {
  encoderAddress: describeAddress('encoder'),
  constraintAddress: describeAddress('constraint service'),
  optimizerAddress: describeAddress('optimizer'),
  evaluatorAddress: describeAddress('evaluator'),
  servicesAuthorityPath: z
    .string()
    .optional()
    .describe('Authority of their certificates, PEM; needed where they are on other machines.'),
  servicesCertificatePath: z
    .string()
    .optional()
    .describe('Certificate to show to them, where they ask for one, PEM.'),
  servicesPrivateKeyPath: z.string().optional().describe('Its private key, PEM.'),
  servicesTokenPath: z.string().optional().describe('File with the bearer token they want.'),
} as const;

/** The settings of {@link connectionShape}, read. */
export type ConnectionSettings = z.output<z.ZodObject<typeof connectionShape>>;

/**
 * Makes clients of the four services; they connect at the first call.
 *
 * @throws Fault `invalid` if a named file cannot be read, or a service on another machine has no TLS.
 */
export async function connectServices(
  settings: ConnectionSettings,
): Promise<ServiceClients & { close(): void }> {
  const access = await readAccess(settings);
  const at = (address: string) => ({ ...access, address });
  const encoder = createRemoteClient(EncoderServiceDefinition, at(settings.encoderAddress));
  const constraint = createRemoteClient(
    ConstraintServiceDefinition,
    at(settings.constraintAddress),
  );
  const optimizer = createRemoteClient(OptimizerServiceDefinition, at(settings.optimizerAddress));
  const evaluator = createRemoteClient(EvaluatorServiceDefinition, at(settings.evaluatorAddress));
  const encoderTensors = createRemoteClient(TensorServiceDefinition, at(settings.encoderAddress));
  const optimizerTensors = createRemoteClient(
    TensorServiceDefinition,
    at(settings.optimizerAddress),
  );
  return {
    encoder: encoder.client,
    constraint: constraint.client,
    optimizer: optimizer.client,
    evaluator: evaluator.client,
    encoderTensors: encoderTensors.client,
    optimizerTensors: optimizerTensors.client,
    close() {
      for (const { close } of [encoder, constraint, optimizer, evaluator]) close();
      for (const { close } of [encoderTensors, optimizerTensors]) close();
    },
  };
}

async function readAccess(
  settings: ConnectionSettings,
): Promise<Pick<RemoteClientOptions, 'tls' | 'token'>> {
  const authority = await readOptional(settings.servicesAuthorityPath);
  const certificate = await readOptional(settings.servicesCertificatePath);
  const privateKey = await readOptional(settings.servicesPrivateKeyPath);
  const token = (await readOptional(settings.servicesTokenPath))?.toString('utf8').trim();
  const isSecure = authority !== undefined || certificate !== undefined || privateKey !== undefined;
  return { tls: isSecure ? { authority, certificate, privateKey } : undefined, token };
}

async function readOptional(path: string | undefined): Promise<Buffer | undefined> {
  if (path === undefined) return undefined;
  return readFile(path).catch((cause: Error) => {
    throw new Fault('invalid', `cannot read ${path}: ${cause.message}`, { cause });
  });
}

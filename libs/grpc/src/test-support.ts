import { NestFactory } from '@nestjs/core';
import type { DynamicModule } from '@nestjs/common';
import { peerSchema, type BlobGateway, type Peer } from '@toeverlaat/contracts';
import 'reflect-metadata';
import { issueCertificates, type IssuedCertificates, type Validity } from './certificates.js';
import type { Identity } from './identity.js';
import { GrpcServer, type GrpcServerOptions } from './server.js';

const DAY_MS = 86_400_000;
export const inForce = (): Validity => ({
  from: new Date(Date.now() - DAY_MS),
  to: new Date(Date.now() + DAY_MS),
});
export const overSinceYesterday = (): Validity => ({
  from: new Date(Date.now() - 3 * DAY_MS),
  to: new Date(Date.now() - DAY_MS),
});

export const authorityOf = (validity: Validity = inForce()): IssuedCertificates =>
  issueCertificates(peerSchema.options, validity);

/** The identity of a peer under an authority, optionally believing another one. */
export const identityOf = (issued: IssuedCertificates, peer: Peer, believes = issued): Identity => {
  const own = issued.peers[peer];
  if (own === undefined) throw new RangeError(peer);
  return {
    peer,
    authorities: Buffer.from(believes.authority),
    certificate: Buffer.from(own.certificate),
    key: Buffer.from(own.key),
  };
};

export type Served = { readonly address: string; readonly server: GrpcServer; readonly close: () => Promise<void> };

/** A service on a free port. */
export const serve = async (
  module: DynamicModule,
  identity: Identity,
  options: Partial<GrpcServerOptions> & { readonly blobs?: BlobGateway } = {},
): Promise<Served> => {
  const server = new GrpcServer({ host: '127.0.0.1', port: 0, identity, drainMs: 2_000, ...options });
  const microservice = await NestFactory.createMicroservice(module, {
    strategy: server,
    logger: false,
    abortOnError: false,
  });
  await microservice.listen();
  return { address: `127.0.0.1:${server.port}`, server, close: () => microservice.close() };
};

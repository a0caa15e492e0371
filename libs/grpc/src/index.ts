export { createGrpcClient, CallFailed, type GrpcClient, type GrpcClientOptions } from './client.js';
export { GrpcServer, CannotServe, type GrpcServerOptions } from './server.js';
export type { RefusedCall } from './asking.js';
export { holdIdentity, watchIdentity, type HeldIdentity, type WatchedIdentity } from './held-identity.js';
export { CertificateUnusable, dnsNameOf, PEER_DOMAIN, peerOf, readIdentity, type Identity } from './identity.js';
export { endpointsSchema, type Endpoints } from './endpoints.js';
export { createCircuit, usualCircuit, type Circuit, type CircuitOptions, type CircuitState } from './circuit.js';
export { pauseBefore, isRepeatable, type RetryOptions } from './retry.js';
export {
  brokerParts,
  issueCertificates,
  writeCertificates,
  type BrokerPart,
  type IssuedCertificates,
} from './certificates.js';

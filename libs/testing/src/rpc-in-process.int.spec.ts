import { NestFactory } from '@nestjs/core';
import type { RpcClient } from '@toeverlaat/contracts';
import { InProcessClient, InProcessExchange, InProcessServer, rpcOver } from '@toeverlaat/messaging';
import { contractModule, describeRpcContract } from './rpc-contract.js';

describeRpcContract('the exchange of one process', async (timeoutMs) => {
  const exchange = new InProcessExchange();
  const rpc: RpcClient = rpcOver(new InProcessClient(exchange), timeoutMs);
  const microservice = await NestFactory.createMicroservice(
    contractModule(() => rpc),
    { strategy: new InProcessServer(exchange), logger: false },
  );
  await microservice.listen();
  return { rpc, close: () => microservice.close() };
});

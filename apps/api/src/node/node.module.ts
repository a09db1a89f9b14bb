import { Global, Module } from '@nestjs/common';
import { NodeResolver } from './node.resolver.js';
import { Nodes } from './nodes.js';

@Global()
@Module({ providers: [Nodes, NodeResolver], exports: [Nodes] })
export class NodeModule {}

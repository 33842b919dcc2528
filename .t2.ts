import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-backend-cpu';
import { readFileSync } from 'node:fs';
import { lossGradients } from './src/optimizers';
import { hessianVectorProduct, archHessian, symmetricEigen } from './src/analysis';
import { goldenSupernet, goldenBatch } from './test/golden/support/supernet';
const h = JSON.parse(readFileSync('/work/shared/golden/hessian.json','utf8'));
const n = JSON.parse(readFileSync('/work/shared/golden/network.json','utf8'));
for (const b of ['wasm','cpu']) {
await tf.setBackend(b);
const s = h.small;
const net = goldenSupernet(s, n.primitives, s.input); const batch = goldenBatch(s);
const {grads} = lossGradients(()=>net.supernet.loss(batch,{training:true}), net.supernet.archVariables());
const want=s.grad_normal.data as number[]; const al=s.alphas_normal.data as number[]; const g=grads[0]!.dataSync();
for (const wd of [0,1e-3]) console.log(wd, Math.max(...want.map((x,i)=>Math.abs(x-g[i]!-wd*al[i]!)))/Math.max(...want.map(Math.abs)));
for (const average of [1,4,16]) { const t=performance.now(); const H=await archHessian(net.supernet,batch,{step:1e-3,weightDecay:1e-3,average}); 
 const up=s.hessian_upper.data as number[]; let k=0,f=0,e=0; for (let i=0;i<70;i++) for (let j=i;j<70;j++) { const d=H.matrix[i*70+j]!-up[k++]!; e=Math.max(e,Math.abs(d)); f+=(i===j?1:2)*d*d; }
 const ev=symmetricEigen(H.matrix,70).values; console.log(b,average,'fro',Math.sqrt(f)/s.frobenius,'max',e/Math.max(...up.map(Math.abs)),ev[0]!/s.max_eigenvalue-1,ev[1]!/s.second_eigenvalue-1,ev[69]!/s.min_eigenvalue-1,ev.reduce((a,x)=>a+x,0)/s.trace-1,((performance.now()-t)/1e3).toFixed(1)); }
}

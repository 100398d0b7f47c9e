// Gives each node a place by its forces. The same nodes and lines get the same places: the first
// places go by number, and d3-force draws its chances from a fixed seed.
'use strict';

const MOST_STEPS = 150;
const LEAST_STEPS = 80;
// So many nodes get room for their names, and are kept from lying on each other.
const FEW = 100;
// Nodes times steps that a drawing may take.
const WORK = 400_000;

function placed(sizes, ends) {
  const nodes = Array.from(sizes, size => ({ size }));
  const links = [];
  for (let at = 0; at < ends.length; at += 2) {
    links.push({ source: ends[at], target: ends[at + 1] });
  }
  const steps = Math.max(LEAST_STEPS, Math.min(MOST_STEPS, Math.floor(WORK / (nodes.length + 1))));
  const few = nodes.length <= FEW;
  const forces = d3.forceSimulation(nodes)
    .stop()
    .alphaDecay(1 - Math.pow(0.001, 1 / steps))
    .force('charge', d3.forceManyBody().strength(few ? -400 : -60).distanceMax(900).theta(1.2))
    .force('link', d3.forceLink(links).distance(few ? 80 : 30).iterations(1))
    .force('x', d3.forceX().strength(0.04))
    .force('y', d3.forceY().strength(0.04));
  if (few) {
    forces.force('apart', d3.forceCollide(node => node.size / 2 + 4));
  }
  forces.tick(steps);
  const places = new Float64Array(2 * nodes.length);
  nodes.forEach((node, number) => places.set([node.x, node.y], 2 * number));
  return places;
}

self.addEventListener('message', event => {
  const { libraries, sizes, ends, turn } = event.data;
  if (libraries) {
    importScripts(...libraries);
    return;
  }
  const places = placed(sizes, ends);
  self.postMessage({ places, turn }, [places.buffer]);
});

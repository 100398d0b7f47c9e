// Draws a case's graph beside its tables; everything drawn stands in the tables too.
'use strict';

(() => {
  const figure = document.querySelector('[data-graph]');
  if (!figure) return;
  const place = figure.querySelector('.place');
  const told = figure.querySelector('[role=status]');
  const tools = figure.querySelector('.tools');
  const NAMES = 12;

  // Foreign text as one line: what is invisible or turns the line round is shown as its number,
  // and accents piled higher than three are dropped.
  const printable = text => String(text).slice(0, 400)
    .replace(/(?! )[\p{C}\p{Z}]/gu, sign => '\\u' + sign.codePointAt(0).toString(16).padStart(4, '0'))
    .replace(/(\p{Mn}{3})\p{Mn}+/gu, '$1');
  const listed = words => words.length <= NAMES ? words.join(', ')
    : words.slice(0, NAMES).join(', ') + ' and ' + (words.length - NAMES) + ' more';
  const plural = (count, noun) => count.toLocaleString('en') + ' ' + noun + (count === 1 ? '' : 's');
  const bits = weight => weight.toFixed(1) + ' bits';
  const say = text => { told.textContent = text; };
  const failed = () => {
    figure.dataset.state = 'failed';
    say('The drawing could not be made. The tables hold all that it would show.');
  };

  let graph = null;     // what the server told
  let near = [];        // by account, the accounts it has a line with
  let open = new Set(); // accounts drawn by themselves though there are squares
  let drawn = null;     // what is visible now: marks, and lines between them
  let cy = null;
  let turn = 0;
  let chosen = null;

  const worker = new Worker(figure.dataset.worker);
  worker.addEventListener('error', failed);
  worker.postMessage({ libraries: figure.dataset.libraries.split(' ') });
  worker.addEventListener('message', event => {
    if (event.data.turn === turn) show(event.data.places);
  });

  fetch(figure.dataset.graph, { credentials: 'same-origin' })
    .then(answer => answer.ok ? answer.json() : Promise.reject(new Error(answer.statusText)))
    .then(begin).catch(failed);

  function begin(answer) {
    graph = answer;
    near = graph.nodes.map(() => []);
    for (const line of graph.lines) {
      near[line.a].push(line.b);
      near[line.b].push(line.a);
    }
    tools.hidden = false;
    for (const button of document.querySelectorAll('.pick')) {
      button.hidden = false;
      button.addEventListener('click', () => pick(button));
    }
    layOut();
  }

  // What is visible: accounts, squares of the others, and one line for all lines between two.
  function visible() {
    const marks = [], of = [];
    const squares = new Map();
    graph.nodes.forEach((node, number) => {
      if (node.square === null || open.has(number)) {
        of[number] = marks.push({ id: 'n' + number, members: [number], square: null }) - 1;
      } else {
        if (!squares.has(node.square)) {
          const mark = { id: 's' + node.square, members: [], square: node.square };
          squares.set(node.square, marks.push(mark) - 1);
        }
        of[number] = squares.get(node.square);
        marks[of[number]].members.push(number);
      }
    });
    const between = new Map();
    graph.lines.forEach((line, number) => {
      const a = Math.min(of[line.a], of[line.b]), b = Math.max(of[line.a], of[line.b]);
      if (a === b) return;
      const key = a * marks.length + b;
      if (!between.has(key)) between.set(key, { id: 'l' + number, a, b, lines: [] });
      between.get(key).lines.push(number);
    });
    return { marks, lines: [...between.values()], of };
  }

  function layOut() {
    figure.dataset.state = 'placing';
    drawn = visible();
    const sizes = Float32Array.from(drawn.marks, sizeOf);
    const ends = new Int32Array(2 * drawn.lines.length);
    drawn.lines.forEach((line, number) => ends.set([line.a, line.b], 2 * number));
    turn += 1;
    worker.postMessage({ sizes, ends, turn });
  }

  const sizeOf = mark => mark.square === null ? 12 : 12 + 4 * Math.sqrt(mark.members.length);
  const nameOf = mark => mark.square === null
    ? printable(graph.nodes[mark.members[0]].account).slice(0, 28)
    : mark.members.length + ' accounts';
  const kindOf = mark => mark.square !== null ? 'square'
    : graph.nodes[mark.members[0]].core ? 'core' : 'fringe';

  function show(places) {
    if (cy) cy.destroy();
    const many = drawn.marks.length > 1000;
    const nodes = drawn.marks.map((mark, number) => ({
      group: 'nodes', classes: kindOf(mark),
      data: { id: mark.id, name: nameOf(mark), size: sizeOf(mark), number },
      position: { x: places[2 * number], y: places[2 * number + 1] },
    }));
    const edges = drawn.lines.map((line, number) => ({
      group: 'edges',
      data: {
        id: line.id, source: drawn.marks[line.a].id, target: drawn.marks[line.b].id, number,
        wide: Math.min(5, 1 + Math.log2(line.lines.length)),
      },
    }));
    cy = cytoscape({
      container: place, elements: [...nodes, ...edges], style: style(), layout: { name: 'preset' },
      autoungrabify: true, boxSelectionEnabled: false, selectionType: 'single',
      userZoomingEnabled: false, minZoom: 0.02, maxZoom: 8, hideEdgesOnViewport: many,
      textureOnViewport: many, pixelRatio: many ? 1 : 'auto',
    });
    cy.on('tap', 'node', event => chooseMark(event.target));
    cy.on('tap', 'edge', event => chooseLine(event.target));
    figure.dataset.state = 'drawn';
    chosen = null;
    const hidden = graph.left_nodes + graph.left_lines ? ' Not drawn: '
      + plural(graph.left_nodes, 'account') + ', ' + plural(graph.left_lines, 'line') + '.' : '';
    say('Drawn: ' + plural(drawn.marks.filter(mark => mark.square === null).length, 'account')
      + ', ' + plural(drawn.marks.filter(mark => mark.square !== null).length, 'square') + ', '
      + plural(drawn.lines.length, 'line') + '.' + hidden);
  }

  function style() {
    const colours = getComputedStyle(document.documentElement);
    const [ink, paper, mark, accent, bar, wash] = ['ink', 'paper', 'mark', 'accent', 'bar', 'wash']
      .map(name => colours.getPropertyValue('--' + name).trim());
    return [
      { selector: 'node', style: {
        width: 'data(size)', height: 'data(size)', label: 'data(name)', color: ink,
        'font-size': 9, 'min-zoomed-font-size': drawn.marks.length > 100 ? 12 : 6, 'text-valign': 'bottom', 'text-margin-y': 2,
        'background-color': ink, 'border-width': 1.5, 'border-color': ink,
      } },
      { selector: '.fringe', style: { 'background-color': paper } },
      { selector: '.square', style: { shape: 'rectangle', 'background-color': bar } },
      { selector: 'edge', style: { width: 'data(wide)', 'line-color': mark, opacity: 0.6,
        'curve-style': 'haystack' } },
      { selector: 'edge:selected', style: { 'line-color': accent, opacity: 1, width: 5 } },
      { selector: 'node:selected', style: { 'border-color': accent, 'border-width': 4,
        'overlay-color': wash, 'overlay-opacity': 0 } },
      { selector: 'edge.near', style: { 'line-color': accent, opacity: 1 } },
    ];
  }
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    if (cy) cy.style(style());
  });

  // Choosing, by pointer or from a table.
  function mark(elements) {
    cy.elements().unselect().removeClass('near');
    elements.select();
    const box = elements.renderedBoundingBox();
    if (elements.length && (box.x1 < 0 || box.y1 < 0 || box.x2 > cy.width() || box.y2 > cy.height())) {
      cy.center(elements);
    }
  }
  const elementOf = number => cy.getElementById(drawn.marks[drawn.of[number]].id);

  function chooseMark(element, number = null) {
    chosen = element;
    mark(element);
    element.connectedEdges().addClass('near');
    const of = drawn.marks[element.data('number')];
    say(number !== null ? ofAccount(number) : of.square === null ? ofAccount(of.members[0])
      : ofSquare(of));
  }

  function chooseLine(element) {
    chosen = element;
    mark(element);
    const lines = drawn.lines[element.data('number')].lines;
    say(lines.length === 1 ? ofLine(lines[0]) : ofLines(lines));
  }

  const wordOf = kind => printable(graph.words[kind] || kind);
  const inWords = kinds => kinds.map(wordOf);

  function ofAccount(number) {
    const node = graph.nodes[number];
    const square = node.square !== null && !open.has(number) ? ' In square ' + (node.square + 1) + '.' : '';
    return printable(node.account) + ': queue ' + node.queue + ', score '
      + (node.score === null ? 'none' : node.score.toFixed(3)) + ', '
      + (node.core ? 'core' : 'fringe') + '; independent rare kinds: '
      + (inWords(node.kinds).join(', ') || 'none') + '; lines to '
      + plural(near[number].length, 'account') + '.' + square;
  }

  const ofSquare = of => 'Square ' + (of.square + 1) + ': ' + plural(of.members.length, 'account')
    + ' tied by ' + (inWords(graph.squares[of.square].kinds).join(', ') || 'nothing told') + ': '
    + listed(of.members.map(number => printable(graph.nodes[number].account))) + '.';

  function ofLine(number) {
    const line = graph.lines[number];
    const parts = line.kinds.map(kind => {
      const weight = kind in line.weights ? ', ' + bits(line.weights[kind]) : '';
      const ties = line.ties.map(at => graph.ties[at]).filter(tie => tie.kind === kind)
        .map(tie => printable(tie.value) + ' (' + plural(tie.holders, 'holder') + ', ' + tie.first
          + ' to ' + tie.last + ')');
      return wordOf(kind) + weight + (ties.length ? ': ' + listed(ties) : '');
    });
    return printable(graph.nodes[line.a].account) + ' and ' + printable(graph.nodes[line.b].account)
      + ': ' + parts.join('; ') + '.' + (line.weight === null ? ' Weight not listed in the run.'
        : ' Together ' + bits(line.weight) + '.')
      + (line.first ? ' Seen ' + line.first + ' to ' + line.last + '.' : '');
  }

  function ofLines(numbers) {
    const lines = numbers.map(number => graph.lines[number]);
    const kinds = new Set(lines.flatMap(line => line.kinds));
    const ties = new Set(lines.flatMap(line => line.ties));
    return plural(lines.length, 'line') + ' by ' + inWords([...kinds]).join(', ') + '; '
      + plural(ties.size, 'identifier') + ': '
      + listed([...ties].map(at => printable(graph.ties[at].value))) + '.';
  }

  function pick(button) {
    if (!cy) return;
    const { node, tie, line } = button.dataset;
    if (node !== undefined) {
      chooseMark(elementOf(Number(node)), Number(node));
    } else if (line !== undefined) {
      const { a, b } = graph.lines[Number(line)];
      mark(elementOf(a).union(elementOf(b)));
      chosen = elementOf(a);
      elementOf(a).edgesWith(elementOf(b)).select();
      say(ofLine(Number(line)));
    } else {
      const held = graph.ties[Number(tie)];
      const all = cy.collection().union(held.members.map(number => elementOf(number)[0]));
      mark(all);
      chosen = all[0];
      say(wordOf(held.kind) + ' ' + printable(held.value) + ': ' + plural(held.holders, 'holder') + ', '
        + held.first + ' to ' + held.last + '; here '
        + listed(held.members.map(number => printable(graph.nodes[number].account))) + '.');
    }
  }

  // Squares open: their accounts, and those so many lines away, are drawn by themselves.
  function expand(hops) {
    if (!chosen || !chosen.isNode()) {
      say('Choose an account or a square first, in the drawing or in a table.');
      return;
    }
    let edge = drawn.marks[chosen.data('number')].members;
    for (const number of edge) open.add(number);
    for (let hop = 0; hop < hops; hop += 1) {
      edge = edge.flatMap(number => near[number]).filter(number => !open.has(number) && open.add(number));
    }
    layOut();
  }

  const zoom = factor => cy.zoom({
    level: cy.zoom() * factor, renderedPosition: { x: cy.width() / 2, y: cy.height() / 2 },
  });
  const pan = (x, y) => cy.panBy({ x, y });
  function step(by) {
    const nodes = cy.nodes();
    if (!chosen || !chosen.isNode()) chooseMark(nodes[0]);
    else chooseMark(nodes[(nodes.indexOf(chosen) + by + nodes.length) % nodes.length]);
  }

  const deeds = {
    in: () => zoom(1.4), out: () => zoom(1 / 1.4), fit: () => cy.fit(undefined, 20),
    open: () => expand(0), one: () => expand(1), two: () => expand(2),
    all: () => { graph.nodes.forEach((_, number) => open.add(number)); layOut(); },
    fold: () => { open = new Set(); layOut(); },
    next: () => step(1), back: () => step(-1),
  };
  tools.addEventListener('click', event => {
    const deed = event.target.dataset.deed;
    if (cy && deed) deeds[deed]();
  });
  const keys = {
    '+': deeds.in, '-': deeds.out, '0': deeds.fit, j: deeds.next, k: deeds.back,
    ArrowLeft: () => pan(60, 0), ArrowRight: () => pan(-60, 0),
    ArrowUp: () => pan(0, 60), ArrowDown: () => pan(0, -60),
  };
  place.addEventListener('keydown', event => {
    const deed = keys[event.key];
    if (!cy || !deed || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    deed();
  });
  place.addEventListener('wheel', event => {
    if (!cy || !event.ctrlKey) return;
    event.preventDefault();
    zoom(event.deltaY < 0 ? 1.1 : 1 / 1.1);
  }, { passive: false });
})();

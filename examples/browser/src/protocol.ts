/** What a visitor chooses. Plain JSON: it is stored with the run. */
export interface RunSettings {
  readonly data: 'digits' | 'folder';
  /** lambda of the noise on skip connections; 0 for plain DARTS. */
  readonly noise: number;
  readonly epochs: number;
  readonly seed: number;
  readonly backend: 'auto' | 'webgpu' | 'wasm';
  /** Side that the pictures of a folder are resized to. */
  readonly side: number;
  /** The most that the network may take on this device, in ms; null for no limit. */
  readonly limit: number | null;
}

/** What is measured for: the examples that the network sees, on which backend, and when to stop. */
export interface MeasureRequest {
  readonly data: RunSettings['data'];
  readonly side: number;
  readonly backend: RunSettings['backend'];
  readonly seconds: number;
}

/** A network that a search has found, on this device. */
export interface DeviceRow {
  /** The limit of its search, in ms; null for none. */
  readonly limit: number | null;
  /** By the table, in ms. */
  readonly predicted: number;
  /** In ms, with its standard error. */
  readonly measured: number;
  readonly error: number;
  /** Of the supernet at the end of the search. */
  readonly accuracy: number | null;
}

/** A picture of a folder, and the subfolder it lies in. */
export interface LabelledFile {
  readonly label: string;
  readonly path: string;
  readonly file: File;
}

/** What the page asks the worker for. */
export type Request =
  | { readonly type: 'restore' }
  | { readonly type: 'start'; readonly settings: RunSettings; readonly files: readonly LabelledFile[] }
  | { readonly type: 'measure'; readonly request: MeasureRequest }
  | { readonly type: 'pause' }
  | { readonly type: 'resume' }
  | { readonly type: 'model' };

/** `idle`: no run is stored. */
export type RunState = 'idle' | 'preparing' | 'measuring' | 'running' | 'pausing' | 'paused' | 'done';

/** A file to download. */
export interface Download {
  readonly name: string;
  readonly type: string;
  readonly content: string | Uint8Array<ArrayBuffer>;
}

/** A chart or a drawing, drawn. */
export interface Figure {
  readonly heading: string;
  readonly svg: string;
}

/** A chart with the names of its lines. */
export interface ChartFigure extends Figure {
  readonly id: string;
  readonly keys: readonly { readonly label: string; readonly className: string }[];
}

/** The chart of one edge, with its place in the grid of its cell. */
export interface EdgeFigure extends Figure {
  readonly row: number;
  readonly column: number;
  readonly kept: string;
}

/** What the worker tells the page. */
export type Report =
  /** `model`: whether a model can be had. */
  | { readonly type: 'state'; readonly state: RunState; readonly note: string; readonly model: boolean }
  /** The run in hand, new or found in the browser's storage. */
  | {
      readonly type: 'run';
      readonly settings: RunSettings;
      readonly images: string;
      readonly backend: string;
    }
  | {
      readonly type: 'step';
      readonly epoch: number;
      readonly step: number;
      readonly steps: number;
      readonly loss: number;
      readonly accuracy: number;
      readonly secondsLeft: number;
      readonly imagesPerSecond: number;
    }
  | {
      readonly type: 'cells';
      readonly normal: string;
      readonly reduce: string;
      /** Share of the edge weights on skip connections, 0 to 1. */
      readonly skipShare: number;
      /** Skip connections that the genotype would keep. */
      readonly skips: { readonly normal: number; readonly reduce: number };
    }
  | {
      readonly type: 'epoch';
      readonly epochs: number;
      readonly done: number;
      readonly trainLoss: number;
      readonly validAccuracy: number | null;
      /** lambda times the rate of its schedule. */
      readonly noise: number;
      readonly charts: readonly ChartFigure[];
      readonly edges: { readonly normal: readonly EdgeFigure[]; readonly reduce: readonly EdgeFigure[] };
      readonly python: string;
      readonly downloads: readonly Download[];
    }
  /** What does not change: the style sheet of drawings and charts, and the operations as the charts draw them. */
  | {
      readonly type: 'look';
      readonly style: string;
      readonly legend: readonly { readonly label: string; readonly svg: string }[];
    }
  /** `share`: how much of the measuring is done. */
  | { readonly type: 'measuring'; readonly share: number }
  /** What the networks take on this device: the smallest and the largest, in ms. */
  | {
      readonly type: 'table';
      readonly least: number;
      readonly most: number;
      readonly device: string;
      readonly download: Download;
    }
  | { readonly type: 'devices'; readonly rows: readonly DeviceRow[] }
  | { readonly type: 'memory'; readonly tensors: number; readonly bytes: number }
  | { readonly type: 'model'; readonly download: Download }
  | { readonly type: 'error'; readonly message: string };

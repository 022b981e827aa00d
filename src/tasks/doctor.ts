import { arch, availableParallelism, cpus, platform, release, totalmem } from "node:os";
import { readHubSettings } from "../clip/node/hub-settings.ts";
import { loadClip } from "../clip/node/load-clip.ts";
import { type HubProbe, probeHub } from "../clip/node/probe-hub.ts";
import { LammError } from "../errors.ts";
import { NODE_ENGINE } from "../runtime/onnxruntime-node.ts";
import { VERSION } from "../version.ts";
import { chooseDefaultModel, DEFAULT_HUB_MODEL, type ModelChoice } from "./default-model.ts";
import {
  type FeatureCacheState,
  type HubCacheState,
  inspectFeatureCache,
  inspectHubCache,
} from "./inspect-caches.ts";
import { type DeviceState, tryDevices } from "./try-devices.ts";

/** Whether the hub can be reached. */
export interface HubState {
  readonly endpoint: string;
  /** Whether it gives the default model; `offline` where it was not asked, as `HF_HUB_OFFLINE` is set. */
  readonly outcome: HubProbe["outcome"];
  /** Until it answered. */
  readonly milliseconds?: number;
  /** Why it did not, and what to do. */
  readonly problem?: string;
}

/** What there is to know of an installation, for its user and for who helps. */
export interface DoctorReport {
  readonly versions: { readonly lamm: string; readonly node: string; readonly engine: string };
  readonly platform: {
    readonly system: string;
    readonly architecture: string;
    readonly processor: string;
    readonly memoryBytes: number;
  };
  readonly threads: {
    /** Processors that this process may use. */
    readonly available: number;
    /** Processors of the machine. */
    readonly processors: number;
  };
  readonly devices: readonly DeviceState[];
  /** The hub and its cache, or what is wrong with their settings. */
  readonly hub: HubState | { readonly problem: string };
  readonly hubCache?: HubCacheState;
  readonly featureCache: FeatureCacheState;
  /** The model that is used where none is named, and what is wrong with it; without an id where there is none. */
  readonly model: ModelState;
  /** Whether a command without `--model` and `--device` would run. */
  readonly usable: boolean;
}

/** The model that is used where none is named. */
export type ModelState =
  | (ModelChoice & { readonly problem?: string })
  | { readonly model?: never; readonly source?: never; readonly problem: string };

/**
 * Examines an installation. Nothing is downloaded, and a network that does not answer costs a few seconds. What is wrong is
 * part of the report, not an error.
 *
 * @param options `modelsFolder` is the folder of the models that come with this package, where it is elsewhere;
 *   `hubTimeout` how many milliseconds the hub has for its answer, 3,000 if not given
 */
export async function doctor(
  options: { readonly modelsFolder?: string; readonly hubTimeout?: number } = {},
): Promise<DoctorReport> {
  const { modelsFolder, hubTimeout } = options;
  const [devices, probe] = await Promise.all([
    tryDevices(),
    outcomeOf(() => probeHub(DEFAULT_HUB_MODEL, hubTimeout)),
  ]);
  const model = await examineModel(modelsFolder, probe);
  const hubCache = probe instanceof LammError ? undefined : inspectHubCache(readHubSettings().cache);
  const canBeStored = model.source !== "hub" || hubCache?.problem === undefined;
  const cpuWorks = devices.some(({ device, works }) => device === "cpu" && works);
  return {
    versions: { lamm: VERSION, node: process.versions.node, engine: NODE_ENGINE },
    platform: {
      system: `${platform()} ${release()}`,
      architecture: arch(),
      processor: cpus()[0]?.model.trim() ?? "unknown",
      memoryBytes: totalmem(),
    },
    threads: { available: availableParallelism(), processors: cpus().length },
    devices,
    hub: probe instanceof LammError ? { problem: probe.message } : hubStateOf(probe),
    ...(hubCache && { hubCache }),
    featureCache: inspectFeatureCache(),
    model,
    usable: model.problem === undefined && canBeStored && cpuWorks,
  };
}

/** The model without a name; one that is on this machine is opened, which tells whether its files are whole. */
async function examineModel(
  modelsFolder: string | undefined,
  probe: HubProbe | LammError,
): Promise<ModelState> {
  const folder = modelsFolder === undefined ? {} : { modelsFolder };
  const choice = await outcomeOf(() =>
    chooseDefaultModel({
      ...folder,
      probe: async () => {
        if (probe instanceof LammError) throw probe;
        return probe;
      },
    }),
  );
  if (choice instanceof LammError) return { problem: choice.message };
  if (choice.source === "hub") return choice;
  const clip = await outcomeOf(() => loadClip(choice.model, folder));
  return clip instanceof LammError ? { ...choice, problem: clip.message } : choice;
}

function hubStateOf(probe: HubProbe): HubState {
  const { endpoint } = readHubSettings();
  if (probe.outcome === "offline") return { endpoint, outcome: "offline" };
  if (probe.outcome === "answers") {
    return { endpoint, outcome: "answers", milliseconds: Math.round(probe.milliseconds) };
  }
  return { endpoint, outcome: "fails", problem: `${probe.error.message}${proxyHint()}` };
}

/** Node ignores the variables that other programs find their proxy by, unless told otherwise. */
function proxyHint(environment = process.env): string {
  const { NODE_USE_ENV_PROXY, HTTPS_PROXY, https_proxy = HTTPS_PROXY } = environment;
  if (!https_proxy || NODE_USE_ENV_PROXY === "1") return "";
  return " HTTPS_PROXY is set: Node 22.21 and later heed it where NODE_USE_ENV_PROXY=1 is set, too.";
}

/** What a function gives, or the error of ours that it throws. */
async function outcomeOf<T>(action: () => Promise<T>): Promise<T | LammError> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof LammError) return error;
    throw error;
  }
}

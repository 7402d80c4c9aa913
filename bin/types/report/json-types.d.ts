export type Severity = 'error' | 'warning' | 'info';
export type Applicability = 'safe' | 'unsafe' | 'manual';
/** Line and column are 1-based, the column in UTF-16 units; the offset is 0-based. */
export interface JsonPosition {
    readonly line: number;
    readonly column: number;
    readonly offset: number;
}
/** The end is exclusive. */
export interface JsonRange {
    readonly start: JsonPosition;
    readonly end: JsonPosition;
}
/** What findings of Dockerfiles and of images have in common. */
export interface JsonFindingHead {
    readonly rule: string;
    readonly family: string;
    readonly severity: Severity;
    readonly confidence: 'high' | 'medium' | 'low';
    readonly message: string;
    /** The page of the rule. */
    readonly url: string;
}
export interface JsonFix {
    readonly title: string;
    readonly applicability: Applicability;
    readonly edits: readonly {
        readonly path: string;
        readonly range: JsonRange;
        readonly text: string;
    }[];
    /** Paths that .dockerignore should have. */
    readonly ignore?: readonly string[];
}
/** A finding of a Dockerfile. */
export interface JsonFinding extends JsonFindingHead {
    /** `build`: one of the Dockerfile that was inspected together with an image. */
    readonly subject: 'dockerfile' | 'build';
    readonly path: string;
    readonly range: JsonRange;
    /** Name or number of the stage. */
    readonly stage?: string;
    /** The services or targets whose builds show it, where others that run the stage do not; `(plain)`: a build that no file describes. */
    readonly builds?: readonly string[];
    readonly related?: readonly {
        readonly message: string;
        readonly path: string;
        readonly range: JsonRange;
    }[];
    readonly fix?: JsonFix;
    /** What it is known by while lines around it move: 16 hexadecimal digits. */
    readonly fingerprint: string;
    readonly suppressed?: {
        readonly by: 'comment' | 'baseline';
        readonly reason: string;
    };
    /** Where the image shows the same. */
    readonly image?: JsonImagePlace;
}
/** Where in an image: layer (index), path, and the instruction of the history that made the layer. */
export interface JsonImagePlace {
    readonly layer?: number;
    readonly path?: string;
    readonly createdBy?: string;
}
/** A finding of an image. */
export interface JsonImageFinding extends JsonFindingHead {
    readonly subject: 'image';
    readonly image: JsonImagePlace;
    /** The instruction of the Dockerfile that made the layer, where that is known. */
    readonly path?: string;
    readonly range?: JsonRange;
}
export interface JsonSummary {
    readonly files: number;
    readonly error: number;
    readonly warning: number;
    readonly info: number;
    readonly suppressed: number;
    /** What a baseline knows; not of images. */
    readonly known?: number;
    readonly fixable: {
        readonly safe: number;
        readonly unsafe: number;
    };
}
/** Sizes are in bytes; what is not known is null. */
export interface JsonLayer {
    readonly index: number;
    readonly digest: string | null;
    readonly diffId: string | null;
    readonly mediaType: string | null;
    /** Sum of the file bodies. */
    readonly size: number | null;
    /** As stored. */
    readonly compressedSize: number | null;
    /** Whiteouts included. */
    readonly entries: number | null;
    readonly createdBy: string | null;
    /** Bytes it wrote that are gone. */
    readonly wasted: number | null;
    /** Only of a layer that was not read: why stands in `note`. */
    readonly inspected?: false;
    readonly note?: string;
}
export interface JsonImage {
    readonly reference: string;
    readonly source: 'docker' | 'podman' | 'registry' | 'docker-archive' | 'oci' | 'oci-archive' | 'rootfs';
    /** `os/architecture[/variant]` */
    readonly platform: string | null;
    readonly digest: string | null;
    readonly config: {
        readonly user: string;
        readonly env: readonly string[];
        readonly workdir: string;
        readonly entrypoint: readonly string[] | null;
        readonly cmd: readonly string[] | null;
        readonly shell: readonly string[] | null;
    } | null;
    readonly layers: readonly JsonLayer[];
    /** `live` and `wasted` are together the total; `efficiency` is live of total, 0 to 1. */
    readonly size: {
        readonly total: number;
        readonly live: number;
        readonly wasted: number;
        readonly efficiency: number;
        readonly byCause: Readonly<Record<'deleted' | 'overwritten' | 'metadata' | 'opaque', number>>;
    };
    /** The largest first. */
    readonly waste: readonly {
        readonly path: string;
        readonly cause: string;
        readonly writtenBy: number;
        readonly killedBy: number;
        readonly files: number;
        readonly size: number;
    }[];
    readonly litter: readonly {
        readonly kind: string;
        readonly files: number;
        readonly size: number;
        readonly example: string;
    }[];
    readonly python: {
        readonly interpreters: readonly {
            readonly path: string;
            readonly version: string;
            readonly stdlib: string;
            readonly kind: string;
            readonly owner: string | null;
            readonly marker: {
                readonly path: string;
                readonly state: string;
                readonly owner?: string;
                readonly removedBy?: number;
                readonly changedBy?: number;
                readonly evidence?: 'database';
            };
        }[];
        readonly environments: readonly {
            readonly path: string;
            readonly kind: string;
            readonly createdAt: string | null;
            readonly interpreter: string | null;
            readonly version: string | null;
            readonly size: number;
            readonly layer: number;
        }[];
    };
    /** A row for each way into the container that there is. */
    readonly activation: readonly {
        readonly how: string;
        readonly user: string;
        readonly path: string | null;
        readonly python: string | null;
        readonly python3: string | null;
        readonly pip: string | null;
        readonly environment: string | null;
        readonly virtualEnv: string | null;
    }[];
    readonly access: readonly {
        readonly uid: number;
        readonly gid: number;
        readonly path: string;
        readonly what: string;
        readonly read: boolean;
        readonly execute: boolean;
        readonly write: boolean;
        readonly because?: string;
    }[];
    readonly notes: readonly string[];
}

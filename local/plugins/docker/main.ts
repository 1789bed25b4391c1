/** Starts the stand-in for the docker provider; the engine does, by the script that `local/pulumi` writes. */
import { version } from "@pulumi/docker/package.json";
import { serve } from "../serve";
import { dockerProvider } from "./provider";

void serve(dockerProvider(version));

/** Starts the stand-in for the random provider; the engine does, by the script that `local/pulumi` writes. */
import { version } from "@pulumi/random/package.json";
import { serve } from "../serve";
import { randomProvider } from "./provider";

void serve(randomProvider(version));

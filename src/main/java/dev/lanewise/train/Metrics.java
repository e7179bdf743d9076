package dev.lanewise.train;

import org.jspecify.annotations.Nullable;

/**
 * What is known after an epoch.
 *
 * @param epoch from 1
 * @param trainLoss mean over the epoch's samples, each as it was trained on
 * @param validation of the held-out samples; null without a split
 * @param testAccuracy 0 to 1; null without test images; reported, never used to steer
 * @param learningRate of the last step
 * @param seconds of training alone, without evaluation and saving
 * @param imagesPerSecond trained on
 */
public record Metrics(int epoch, double trainLoss, @Nullable Evaluation validation, @Nullable Double testAccuracy,
        double learningRate,
        double seconds, double imagesPerSecond) {
}
